# A terminal that cannot move its cursor gets lines.
cp "$SOURCE/tests/cli/sums.yaml" .
TERM=dumb script -qec 'atomloom run sums.yaml --jobs 1' /dev/null </dev/null >said
grep -c $'\033' said
tr -d '\r' <said | head -n 3
TERM=xterm script -qec 'atomloom run sums.yaml --jobs 1 --set total.add=7' /dev/null </dev/null | grep -q $'\033' && echo bars
