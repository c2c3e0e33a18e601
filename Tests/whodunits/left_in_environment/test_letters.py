import mail


def test_letter():
    assert mail.letter("bob", " hello ") == {"to": "bob@example.org", "text": "hello"}
