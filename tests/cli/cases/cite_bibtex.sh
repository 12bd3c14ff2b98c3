# One entry per publication, however many ops name it, and one for atomloom.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  particle: {op: simulate.particle}
  volume: {op: simulate.volume, in: {atoms: particle.atoms}}
  trace: {op: trace.polynomial, in: {volume: volume.volume}}
  score: {op: compare.atoms, in: {found: trace.atoms, truth: particle.atoms}}
END
atomloom cite p.yaml >refs.bib && python3 "$SOURCE/tests/cli/bibtex.py" refs.bib
python3 "$SOURCE/tests/cli/bibtex.py" refs.bib rogers2007 author title journal volume pages year doi
python3 "$SOURCE/tests/cli/bibtex.py" refs.bib yang2021 keywords pages
