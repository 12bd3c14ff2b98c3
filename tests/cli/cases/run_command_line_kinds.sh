# The right name with the wrong option.
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30]}
vars: {dose: 3}
nodes:
  one: {op: test.number, over: minutes, params: {value: "${dose}"}}
outputs: {one: one.number}
END
for option in "--set dose=4" "--set minutes=5" "--set one=test.sum" "--sweep minutes=0,60" "--var one.value=3" "--var minutes=3" "--jobs 99999999999999999999" "--set one.value=1e400"; do
  echo "--- $option"
  atomloom run p.yaml $option 2>&1
done
