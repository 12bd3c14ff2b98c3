# A file that changes while the run is under way spoils what was made from it: named with the parameter, and run again.
cat >p.yaml <<'EOF'
atomloom: 1
nodes:
  first: {op: test.misbehave, params: {how: sleep, seconds: 1}}
  reads: {op: test.number, params: {value: 2, file: f.txt}}
outputs: {o: reads.number, f: first.out}
EOF
echo a >f.txt
(until grep -q 'run  first' log; do sleep 0.05; done; echo b >f.txt) &
atomloom run p.yaml -j 1 >log 2>&1; echo "exit $?"
wait
grep -A 3 error: log
atomloom plan p.yaml
atomloom run p.yaml -q; echo "exit $?"
