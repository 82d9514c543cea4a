function pay( { return 1; }
