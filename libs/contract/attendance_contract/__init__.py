"""The contract between the backend and the ML service: what is sent, what is answered, which errors exist.

Pydantic models only; nothing here computes, connects or decides.
"""
