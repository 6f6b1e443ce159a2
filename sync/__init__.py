"""What arrives and what goes out: verdicts, OpenRosa documents, phone settings. No Flask, SQL, clock or network."""
