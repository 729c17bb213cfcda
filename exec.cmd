@rem "npm start" begins with exec, so that Ctrl-C reaches the gateway and not a shell in between; cmd.exe has none.
@%*
