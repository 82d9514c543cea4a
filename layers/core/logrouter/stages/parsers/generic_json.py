"""Any other JSON object: the fields are found by their names, the rest become attributes."""

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import JsonParser

JSON = JsonParser(
    name="json",
    recognises=lambda _: True,
    read=read_fields,
    examples=('{"severity":"ERROR","body":"charge failed"}', '{"order":17}'),
)
