# A pipeline of `layers` x `width` nodes that cost nothing, each with two inputs from the layer before (tests/plugins/arithmetic.c).
#   awk -v layers=10 -v width=100 -f layers.awk </dev/null >p.yaml
# With ninja=1: the same shape for ninja, each node an `echo` into a file.
function echo_rule(out, deps) { print "build " out ": echo " deps }
BEGIN {
  if (ninja) print "rule echo\n  command = echo $out > $out\n"
  else print "atomloom: 1\ntitle: layers\nnodes:"
  for (l = 0; l < layers; l++)
    for (i = 0; i < width; i++) {
      port = l == 1 ? ".number" : ".sum"
      a = "n" l - 1 "_" i; b = "n" l - 1 "_" (i + 1) % width; n = "n" l "_" i
      if (ninja) echo_rule(n, l ? a " " b : "")
      else if (!l) print "  " n ": {op: test.number, params: {value: " i "}}"
      else print "  " n ": {op: test.sum, in: {terms: [" a port ", " b port "]}}"
    }
}
