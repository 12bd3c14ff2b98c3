# One entry per publication, however many ops name it.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  particle: {op: simulate.particle}
  volume: {op: simulate.volume, in: {atoms: particle.atoms}}
  trace: {op: trace.polynomial, in: {volume: volume.volume}}
  score: {op: compare.atoms, in: {found: trace.atoms, truth: particle.atoms}}
END
atomloom cite p.yaml >refs.bib && grep '^@' refs.bib | sort | uniq -d
grep -A 6 '10.1038/s41586-021-03354-0' refs.bib
