import os

import mail
import pytest


@pytest.fixture(scope="module")
def sandbox():
    os.environ["MAIL_TO"] = "nobody@example.org"
    return os.environ["MAIL_TO"]


def test_sandbox(sandbox):
    assert mail.letter("ann", "hello")["to"] == sandbox
