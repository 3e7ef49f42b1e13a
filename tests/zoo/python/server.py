"""One framework with one configuration: server.py FRAMEWORK PORT CONFIGURATION.

The configuration is Python code that defines `configure(app)`, or for Django `settings`.
"""

import sys


def flask(port, configuration):
    from flask import Flask

    app = Flask("zoo")
    configuration["configure"](app)

    @app.route("/items", methods=["GET", "PUT"])
    def items():
        return {"items": []}

    app.run("127.0.0.1", port)


def starlette(port, configuration):
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def items(_):
        return JSONResponse({"items": []})

    app = Starlette(routes=[Route("/items", items, methods=["GET", "PUT"])])
    configuration["configure"](app)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def django(port, configuration):
    from wsgiref.simple_server import make_server

    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import JsonResponse
    from django.urls import path

    urls = [path("items", lambda _: JsonResponse({"items": []}))]
    middleware = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=type("Urls", (), {"urlpatterns": urls}),
        MIDDLEWARE=middleware,
        INSTALLED_APPS=["corsheaders"],
        SECRET_KEY="zoo",
        **configuration["settings"],
    )
    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


framework, port, file = sys.argv[1:]
configuration = {}
with open(file) as source:
    exec(source.read(), configuration)
{"flask": flask, "starlette": starlette, "django": django}[framework](int(port), configuration)
