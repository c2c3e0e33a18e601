"""json in pure Python, both ways."""

import json
import json.decoder
import json.encoder
import json.scanner

json.encoder.c_make_encoder = None
json.decoder.scanstring = json.decoder.py_scanstring
json.scanner.make_scanner = json.decoder.scanner.make_scanner = json.scanner.py_make_scanner

data = {"a": [1, 2.5, None, True, {"ü": "\n\\"}], "b": {}, "c": [[], "x" * 20]}
text = json.dumps(data, indent=2, sort_keys=True)
decoder = json.JSONDecoder()
decoder.parse_string = json.decoder.py_scanstring
print(text, decoder.decode(text) == data)
try:
    decoder.decode('{"a": }')
except json.JSONDecodeError as error:
    print(error)
