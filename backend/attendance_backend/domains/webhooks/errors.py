"""What can go wrong with webhooks."""

from attendance_kit.errors import ServiceError


class TooManyWebhooks(ServiceError):
    status, code, title = 409, "TOO_MANY_WEBHOOKS", "There are as many webhooks as can be kept"


class WebhookDisabled(ServiceError):
    status, code, title = 409, "WEBHOOK_DISABLED", "The webhook is disabled: enable it first"
