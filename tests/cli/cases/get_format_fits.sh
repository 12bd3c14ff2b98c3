# Only what can be written is offered, and an extension that does not fit is refused before anything is computed.
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  atoms: {op: simulate.particle, params: {size: custom, h100: 1, h111: 2}}
  series: {op: simulate.tilt_series, in: {atoms: atoms.atoms}}
  text: {op: io.write_xyz, in: {atoms: atoms.atoms}}
outputs: {series: series.tilts, text: text.file}
YAML
atomloom get p.yaml series -o s.csv
atomloom get p.yaml series -o s.stl
atomloom get p.yaml atoms.atoms -o a.mrc
atomloom get p.yaml series -o s
atomloom get p.yaml text -o t.csv
ls
atomloom run p.yaml --quiet
atomloom get p.yaml atoms.atoms -o a.csv && head -n 1 a.csv | cut -d, -f1,2
atomloom get p.yaml atoms.atoms -o a.mrc
atomloom get p.yaml text -o t.csv
atomloom get p.yaml text -o t.csv --format xyz && head -n 1 t.csv
atomloom get p.yaml text -o t && cmp t t.csv
