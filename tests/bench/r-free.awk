# Rank correlation (Spearman) of columns 1 and 2.
{ a[NR] = $1; b[NR] = $2 }
END {
  for (i = 1; i <= NR; i++) for (j = 1; j <= NR; j++) { ra[i] += a[j] < a[i] ? 1 : a[j] == a[i] ? 0.5 : 0; rb[i] += b[j] < b[i] ? 1 : b[j] == b[i] ? 0.5 : 0 }
  for (i = 1; i <= NR; i++) { x = ra[i] - NR / 2; y = rb[i] - NR / 2; xy += x * y; xx += x * x; yy += y * y }
  printf "%.4f\n", xy / sqrt(xx * yy)
}
