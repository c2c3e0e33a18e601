from ledger import Ledger, checksum


def test_balance():
    ledger = Ledger()
    for amount in (20, 5, 20, 30):
        ledger.book("rent", amount)
    for amount in (1, 2, 3):
        ledger.book("food", amount)
    assert checksum(ledger.close()) > 0
    assert ledger.balance("rent") == 75
