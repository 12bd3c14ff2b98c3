# Shifts are a table: written, edited, read again and applied to another series. Unedited they align it as the op itself does.
cat >find.yaml <<'END'
atomloom: 1
nodes:
  particle: {op: simulate.particle, params: {size: custom, h100: 2, h111: 3}}
  series: {op: simulate.tilt_series, in: {atoms: particle.atoms}, params: {shift_error: 1, tilts: 5, size: 64, dose: 1e5}}
  aligned: {op: align.cross_correlation, in: {tilts: series.tilts}}
outputs: {shifts: aligned.shifts, tilts: aligned.tilts, raw: series.tilts}
END
sed -e '/aligned:/d' -e 's/shifts: .*raw/tilts: shifted.tilts, other: other.tilts, raw/' -e '/^outputs/i\
  table: {op: io.read_csv, params: {file: ${file}}}\
  shifted: {op: align.shift, in: {tilts: series.tilts, shifts: table.table}}\
  other: {op: align.shift, in: {tilts: shifted.tilts, shifts: table.table}, params: {back: false}}' -e '/^nodes/i\
vars: {file: {default: shifts.csv, doc: shifts}}' find.yaml >apply.yaml
atomloom run find.yaml >/dev/null 2>&1 || exit
atomloom get find.yaml shifts -o shifts.csv 2>/dev/null
head -1 shifts.csv
atomloom get find.yaml tilts -o found.npy 2>/dev/null
atomloom run apply.yaml >/dev/null 2>errors || cat errors
atomloom get apply.yaml tilts -o applied.npy 2>/dev/null
cmp found.npy applied.npy && echo the same images

# Edited: the third image by two whole pixels more. A row too many is refused.
awk 'BEGIN { FS = OFS = "," } NR == 4 { $1 += 2 } { print }' shifts.csv >edited.csv
atomloom run apply.yaml --var file=edited.csv >/dev/null 2>errors || cat errors
atomloom get apply.yaml tilts -o edited.npy --var file=edited.csv 2>/dev/null
cmp -s found.npy edited.npy || echo other images
tail -1 shifts.csv >>edited.csv
atomloom run apply.yaml --var file=edited.csv 2>&1 >/dev/null | grep -o "column 'shift_x' has.*"
