"""unittest: passing, failing, skipped, sub-tests, mocks."""

import io
import unittest
from unittest import mock


class Cases(unittest.TestCase):
    def setUp(self):
        self.value = 1

    def test_passes(self):
        self.assertEqual(self.value, 1)

    def test_fails(self):
        self.assertEqual([1, 2], [1, 3])

    @unittest.skip("not now")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.assertTrue(False)

    def test_subtests(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertNotEqual(n, 1)

    def test_mock(self):
        thing = mock.Mock(return_value=3)
        with mock.patch("io.StringIO", thing):
            self.assertEqual(io.StringIO("x"), 3)
        thing.assert_called_once_with("x")


suite = unittest.defaultTestLoader.loadTestsFromTestCase(Cases)
stream = io.StringIO()
result = unittest.TextTestRunner(stream, verbosity=2).run(suite)
print(result.testsRun, len(result.failures), len(result.skipped))
