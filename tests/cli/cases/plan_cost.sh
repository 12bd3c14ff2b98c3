# What an op estimates is known before it runs; what cannot fit is refused at once, by name.
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  small: {op: test.misbehave, params: {mebibytes: 64, estimated: true}}
  large: {op: test.misbehave, params: {mebibytes: 100000000, estimated: true}}
  sum: {op: test.sum, in: {terms: [small.out]}}
outputs: {sum: sum.sum, large: large.out}
YAML
tidy() { sed -E 's/(here: |are )[0-9.]+ .iB/\1SIZE/; s/[0-9.]+ m?s$/TIME/; s/ +[0-9.]+ (K|M)iB +[0-9.]+ m?s  the last/  SOME TIME  the last/'; }
atomloom plan p.yaml --cost | tidy
echo
atomloom run p.yaml --quiet 2>&1 | tidy
echo
atomloom plan p.yaml --set sum.add=1 --set small.seconds=0.01 --cost | tidy
echo
atomloom plan p.yaml --outputs sum --cost
