# A bundle that is not there, a name that is none, and a key that nothing waits for.
atomloom action 5d1c07aa-0 3
echo $?
atomloom action ../../etc
echo $?
atomloom action aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
