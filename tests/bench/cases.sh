# what: small inputs that people stumbled over, each as wanted or not
# The cases lie in $ATOMLOOM_TEST_CASES (default: `cases` next to the test data): ID/run.sh prints what comes out of the program and
# lines EXPECTED. What counts as wanted is here: a pattern that the output must have, and one that it must not.
source "$ATOMLOOM_SOURCE/tests/bench/common.sh"
cases=${ATOMLOOM_TEST_CASES:-$ATOMLOOM_TEST_DATA/../cases}
[ -d "$cases" ] || { echo "$bench: no cases in $cases" >&2; exit 1; }
export ATOMLOOM=$atomloom

# ID ~ must ~ must not (extended regular expressions over the output with its lines joined by '|'; '-': none)
wanted() {
  cat <<'TABLE'
F01-mat-truncated ~ (exit 1.*){4} ~ exit 0
F02-tiff-truncated ~ u8 \[10\]\[8\]\[8\].*breaks off.*breaks off ~ u8 \[7\]
F03-tiff-imagej-one-directory ~ \[5\]\[8\]\[8\] ~ -
F04-mrc-imod-unsigned-bytes ~ min 0 +max 240 ~ min -
F05-xyz-number-as-symbol ~ line 3: '1.5' ~ exit 0
F06-xyz-symbols-case ~ 55\.845 # Fe ~ fe
F07-csv-numbers-become-words ~ - ~ categories|align.shift
F10-nan-page-says-passes ~ nan at \[0\]\[1\].*hint: ~ NaN passes|check the inputs
F11-tiff-refusals-say-the-wrong-thing ~ two.tif' .*2 channels ~ tiled.tif' is not|half.tif' is not|found 16 bits
F12-json-not-json ~ exit 1 ~ null:|JSONDecodeError
F14-mrc-axis-order ~ \[z 2\]\[y 3\]\[x 4\] ~ -
F16-angles-from-text ~ - ~ error:
F17-atoms-from-arrays ~ io.atoms makes atoms from array ~ -
F18-radians-taken-for-degrees ~ warning: .*radians ~ -
F19-ctrl-z-leaves-workers-running ~ T.*run .*T.*run ~ R[a-zA-Z<+]* +[^|]*run 
F20-cgroup-limits-not-seen ~ processors +1 .*memory +400 MiB ~ -
F22-mat73-written-by-python ~ - ~ empty
F24-xyz-quoted-properties ~ - ~ error:
F27-hint-when-files-run-out ~ Too many open files ~ install the package|changed during
F29-tilde-in-the-environment ~ - ~ ^\./~
F30-pixel-size-against-header ~ warning: .*pixel_size ~ -
F32-small-messages ~ line 2: .*empty.*line 1: a name is missing.*t.csv.n'.*plan exit 2.*run exit 2 ~ h5 \.npy \.csv
F33-one-tiff-per-tilt ~ - ~ error:
S-crate-wrong-bytes ~ exit 1|exit 0.1 ~ exit 0.2
S-terminal ~ - ~ [[:cntrl:]]|\^\[|\^G
TABLE
}

tried=0
for case in "$cases"/*/run.sh; do
  id=$(basename "$(dirname "$case")")
  row=$(wanted | grep "^$id ~ ") || { note "$id" 0 "no_judgement"; continue; }
  IFS='~' read -r _ must never <<<"${row// ~ /\~}"
  out=$(timeout 120 bash "$case" 2>&1 | grep -v '^EXPECTED:' | tr '\n' '|')
  good=1
  [ "$must" = - ] || grep -qE -- "$must" <<<"$out" || good=0
  [ "$never" = - ] || ! grep -qE -- "$never" <<<"$out" || good=0
  tried=$((tried + 1))
  figure "$id" $good as_wanted '==' 1
done
note tried $tried cases
exit $short
