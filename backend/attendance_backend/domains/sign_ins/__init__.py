"""Who is signed in where: programs by tokens that rotate, browsers by a cookie."""
