"""Pages for what goes wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from studies.platform.errors import Refusal

# Of the product's own sign-in: what is typed there is a password.
ACCOUNTS = "/accounts/"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


def back(request: HttpRequest, fallback: str, *args: object) -> HttpResponse:
    """To the page of ours on which a form was sent (its field ``next``), else to ``fallback``."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}):
        return redirect(asked)
    return redirect(fallback, *args)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Why something was refused, in plain words."""
    response = render(request, "errors/refusal.html", {"refusal": refusal}, status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's security token is missing or old: nothing was saved.

    Signing in makes a new one, also in another window. What was typed is kept if the form came
    from a page of ours: another site's is not offered to be sent again.
    """
    if _from_here(request) and not request.path_info.startswith(ACCOUNTS):
        return keep_typed(request, status=403)
    return render(request, "errors/csrf.html", status=403)


def keep_typed(request: HttpRequest, *, status: int) -> HttpResponse:
    """What was sent, kept on a page from which it can be sent again; nothing of it is stored.

    For forms that arrive when nobody is signed in any more, after Django has made sure that they
    came from a page of ours. Files cannot be kept, since browsers let no page name them: each is
    asked for again, by its name, beside what was typed.
    """
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != TOKEN
    ]
    context = {
        "fields": fields,
        "files": [(name, file.name) for name, files in request.FILES.lists() for file in files],
        "signed_out": not request.user.is_authenticated,
    }
    return render(request, "errors/typed.html", context, status=status)


def _from_here(request: HttpRequest) -> bool:
    """Whether the browser says that the form was on a page of this very site."""
    scheme = "https" if request.is_secure() else "http"
    own = f"{scheme}://{request.get_host()}"
    return request.method == "POST" and request.headers.get("Origin") == own
