# pull.awk TRUTH.csv FOUND.csv: matches atoms nearer than 0.9 angstrom, takes the mean difference off, and prints the root mean square
# of (x - x_true) / standard error for x, y and z, and the number matched.
function cell(x, y, z) { return int(x / 3 + 1000) " " int(y / 3 + 1000) " " int(z / 3 + 1000) }
function columns(   i, h) {
  delete at
  for (i = 1; i <= NF; i++) { h = $i; gsub(/"/, "", h); sub(/ \[.*/, "", h); at[h] = i }
}
function nearest(x, y, z,   a, b, c, k, n, j, i, list, d, best, found) {
  best = 0.81; found = 0
  for (a = -1; a <= 1; a++) for (b = -1; b <= 1; b++) for (c = -1; c <= 1; c++) {
    k = int(x / 3 + 1000) + a " " int(y / 3 + 1000) + b " " int(z / 3 + 1000) + c
    if (!(k in inside)) continue
    n = split(inside[k], list, " ")
    for (j = 1; j <= n; j++) {
      i = list[j]
      d = (x - tx[i]) ^ 2 + (y - ty[i]) ^ 2 + (z - tz[i]) ^ 2
      if (d < best) { best = d; found = i }
    }
  }
  return found
}
BEGIN { FS = "," }
FNR == 1 { columns(); next }
NR == FNR { n++; tx[n] = $at["x"]; ty[n] = $at["y"]; tz[n] = $at["z"]; k = cell(tx[n], ty[n], tz[n]); inside[k] = inside[k] " " n; next }
{
  i = nearest($at["x"], $at["y"], $at["z"])
  if (!i) next
  m++
  dx[m] = $at["x"] - tx[i]; dy[m] = $at["y"] - ty[i]; dz[m] = $at["z"] - tz[i]
  ex[m] = $at["error_x"]; ey[m] = $at["error_y"]; ez[m] = $at["error_z"]
  sx += dx[m]; sy += dy[m]; sz += dz[m]
}
END {
  for (j = 1; j <= m; j++) {
    px += ((dx[j] - sx / m) / ex[j]) ^ 2; py += ((dy[j] - sy / m) / ey[j]) ^ 2; pz += ((dz[j] - sz / m) / ez[j]) ^ 2
  }
  printf "%.3f %.3f %.3f %d\n", sqrt(px / m), sqrt(py / m), sqrt(pz / m), m
}
