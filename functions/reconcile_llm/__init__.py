"""One Lambda function: app.py is its handler, requirements.txt what it ships."""
