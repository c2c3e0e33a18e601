"""CPython's test_multiprocessing_fork, which some installations of Python leave out."""

from test._test_multiprocessing import install_tests_in_module_dict

install_tests_in_module_dict(globals(), "fork")
