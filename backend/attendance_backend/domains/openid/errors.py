"""What can go wrong on the way to a provider and back. The sign-in page has words for each."""

from attendance_kit.errors import ServiceError


class SignInNotBegun(ServiceError):
    status, code, title = 422, "SIGN_IN_NOT_BEGUN", "This sign-in was begun in another browser, or too long ago"


class ProviderUnreachable(ServiceError):
    status, code, title = 503, "PROVIDER_UNREACHABLE", "The provider can't be reached just now"


class ProviderAnswerInvalid(ServiceError):
    status, code, title = 502, "PROVIDER_ANSWER_INVALID", "What the provider answered can't be trusted"


class EmailNotVerified(ServiceError):
    status, code, title = 403, "EMAIL_NOT_VERIFIED", "The provider does not say that the e-mail address is theirs"


class NoAccount(ServiceError):
    status, code, title = 403, "NO_ACCOUNT", "Nobody who may sign in here has this e-mail address"


class IdentityTaken(ServiceError):
    status, code, title = 403, "IDENTITY_TAKEN", "The account belongs to another identity of this provider"
