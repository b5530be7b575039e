"""What is measured, a file for each measure, and the cases that it is measured on; the commands are one folder up."""
