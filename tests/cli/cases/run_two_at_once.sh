# Two runs on one store: the second takes the result of the first.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  slow: {op: test.misbehave, params: {how: sleep, seconds: 2}}
outputs: {x: slow.out}
END
atomloom run p.yaml --jobs 1 >/dev/null 2>said &
for i in $(seq 200); do grep -qs 'run  slow' said && break; sleep 0.05; done
atomloom run p.yaml --jobs 1
wait
