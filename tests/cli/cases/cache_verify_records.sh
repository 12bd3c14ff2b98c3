# Records of actions and the journal are checked as well as values, and what is found is said in numbers.
cp "$SOURCE/tests/cli/sums.yaml" .
run() { atomloom run sums.yaml --quiet; }
verify() { atomloom cache verify 2>&1 | sed -E 's/^[0-9a-f]{64}/DIGEST/; s/[0-9]+ damaged bytes/SOME damaged bytes/'; echo "status ${PIPESTATUS[0]}"; }
flip() { python3 -c 'import sys
p, at = sys.argv[1], int(sys.argv[2])
b = bytearray(open(p, "rb").read())
b[at] ^= 1
open(p, "wb").write(b)' "$1" "$2"; }
run && verify
record=$(ls "$ATOMLOOM_STORE"/actions/*/*.json | head -n 1) journal=$ATOMLOOM_STORE/actions/journal
chmod u+w "$record"
echo "a flipped bit in a record"
flip "$record" 100 && verify && verify
run && verify
echo "a flipped bit in the journal"
rm "$journal" && verify >/dev/null # made anew: each record once, whatever the order of the run was
flip "$journal" 100 && verify && verify
echo "an unfinished record"
head -c 50 "$journal" >>"$journal" && verify && verify
echo "no journal"
rm "$journal" && verify && verify
echo "a record that is gone"
rm "$record" && verify && run && verify
echo "values that are gone"
atomloom cache gc --max-size 0 --yes | sed 's/,.*//' && verify && run && verify
