cp "$SOURCE/tests/cli/sums.yaml" .
atomloom graph sums.yaml --dot && atomloom graph sums.yaml --mermaid
atomloom graph sums.yaml --svg | python3 -c 'import sys, xml.etree.ElementTree as t; r = t.parse(sys.stdin).getroot(); print(len(r.findall("{*}text[@font-weight]")), "boxes", len(r.findall("{*}polyline")), "links", len(r.findall("{*}polygon")), "arrowheads")'
