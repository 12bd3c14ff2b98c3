# A quoted ~ is the home directory, in the environment and in options; no folder of that name is ever made.
cp "$SOURCE/tests/cli/sums.yaml" .
ATOMLOOM_STORE='~/al' atomloom plan sums.yaml >/dev/null && ls ~
atomloom plan sums.yaml '--store=~/other' >/dev/null && ls ~
atomloom ops '--plugin-dir=~/none'
ATOMLOOM_STORE='~otto/al' atomloom plan sums.yaml
ATOMLOOM_STORE='$HOME/al' atomloom plan sums.yaml
atomloom plan sums.yaml '--store=${HOME}/al'
atomloom plan sums.yaml --store ''
status=$?
ATOMLOOM_PLUGIN_PATH="~/none::$ATOMLOOM_PLUGIN_PATH" atomloom plan sums.yaml | tail -n 1
ls
exit $status
