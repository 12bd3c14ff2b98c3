# The first Ctrl-C gives up what runs and keeps what is done; the exit status says so.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number}
  long: {op: test.misbehave, in: {before: one.number}, params: {how: sleep, seconds: 60}}
outputs: {x: long.out}
END
atomloom run p.yaml --jobs 1 2>said >out &
run=$!
for i in $(seq 200); do grep -qs 'run  long' said && break; sleep 0.05; done
kill -INT $run
wait $run
status=$?
cat said
atomloom plan p.yaml | sed -n '2,3s, (about .*),,; 2,3p'
exit $status
