"""The four operators: what is installed, where, what each watches."""
