"""Percona Monitoring and Management: the server, and the tokens of those whom it watches."""
