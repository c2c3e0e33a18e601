"""How Sphinx builds the documentation: `scripts/docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from swifttrace.version import __version__  # noqa: E402

project = "swifttrace"
author = "the swifttrace maintainers"
project_copyright = "2026, the swifttrace maintainers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "option_tables", "whole_code"]
exclude_patterns = ["_ext", "shell", "tools"]
myst_enable_extensions = ["deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3

# `--` stays what it is.
smartquotes = False
nitpicky = True
# Names of types that have no page of their own.
nitpick_ignore_regex = [("py:.*", r"(collections|types|typing|os)\..*"), ("py:.*", r"[A-Z]\w*")]
# In docstrings `name` is code.
default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"swifttrace {__version__}"
html_static_path = ["_static", "images"]
html_css_files = ["style.css"]
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5394", "color-brand-content": "#0b5394"},
    "dark_css_variables": {"color-brand-primary": "#7db7f0", "color-brand-content": "#7db7f0"},
}
