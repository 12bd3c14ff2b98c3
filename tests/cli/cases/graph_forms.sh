cp "$SOURCE/tests/cli/sums.yaml" .
atomloom graph sums.yaml --dot && atomloom graph sums.yaml --mermaid
atomloom graph sums.yaml --svg | python3 -c 'import sys, xml.etree.ElementTree as t; r = t.parse(sys.stdin).getroot(); print(len(r.findall("{*}text[@font-weight]")), "boxes", len(r.findall("{*}polyline")), "links", len(r.findall("{*}polygon")), "arrowheads")'
# A page of the graph alone, before a run and after it: states, and the mark by which buttons enlarge it.
for part in "not computed" "computed, "; do
  atomloom graph sums.yaml --html >graph.html && python3 "$SOURCE/tests/report/page.py" graph.html "$part"
  echo "$(grep -c 'data-zoom="graph of the pipeline"' graph.html) graph, $(grep -c 'data-zoom="times of the last run"' graph.html) times"
  atomloom run sums.yaml -q
done
