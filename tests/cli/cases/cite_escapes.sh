# Accents, signs of TeX, capitals, a book and a chapter; equal keys are told apart by DOI, whatever the order of the nodes; a
# publication that two ops spell in other cases is one; a plugin built before there were tables still cites.
cat >p.yaml <<'END'
atomloom: 1
nodes: {a: {op: test.cite_first}, b: {op: test.cite_second}, c: {op: test.cite_older}, d: {op: test.cite_first}}
END
cat >q.yaml <<'END'
atomloom: 1
nodes: {b: {op: test.cite_second}, a: {op: test.cite_first}}
END
atomloom cite p.yaml >p.bib && atomloom cite q.yaml >q.bib && cat p.bib
sed '/gregor2008/,$d; /scott/,$d' p.bib >whole.bib && python3 "$SOURCE/tests/cli/bibtex.py" whole.bib
python3 "$SOURCE/tests/cli/bibtex.py" q.bib muller2020b doi
