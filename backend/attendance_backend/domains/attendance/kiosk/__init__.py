"""The kiosk: a device in a room that takes the photo of one person at a time. It is never told who that is."""
