"""The school's own network: a certificate that its phones can trust, and the page that tells them how.

A program apart from the API: it opens no database and knows no person.
"""
