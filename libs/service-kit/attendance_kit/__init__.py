"""What both services do alike: settings, logs, correlation, errors, health, metrics and the server itself.

It knows neither service, and builds nothing that FastAPI already has.
"""
