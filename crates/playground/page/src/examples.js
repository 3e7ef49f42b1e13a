// Policies and requests to start from.

const shop = `{
  "allowOrigins": ["https://app.example.com", "https://*.partner.example"],
  "allowMethods": ["GET", "PUT", "DELETE"],
  "allowHeaders": ["authorization", "content-type"],
  "exposeHeaders": ["x-request-id"],
  "allowCredentials": true,
  "maxAge": "10m"
}
`;

const mistakes = `{
  "allowOrigins": ["https://App.example.com/", "https://*.com", "example.com"],
  "allow_methods": "GET, PUT",
  "allowHeaders": ["Content-Type", "Cookie"],
  "allowCredentials": true,
  "maxAge": "1 hour"
}
`;

const rules = `{
  "policies": {
    "partners": {
      "allowOrigins": ["https://*.partner.example"],
      "allowMethods": ["GET", "POST", "PUT"],
      "allowHeaders": ["content-type"],
      "allowCredentials": true
    },
    "public": { "allowOrigins": ["*"] }
  },
  "rules": [
    { "hosts": ["api.example.com"], "paths": ["/v1/*"], "policy": "partners" },
    { "paths": ["/internal/*"], "policy": null },
    { "policy": "public" }
  ]
}
`;

const wasmPlugin = `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata:
  name: corsac
spec:
  phase: AUTHN
  url: oci://registry.example.com/corsac:0.1.0
  pluginConfig:
    allowOrigins:
    - https://app.example.com
    - https://*-preview.example.com
    allowMethods: [GET, PATCH]
    allowHeaders: [content-type]
    maxAge: 2h
`;

const regex = `{
  "allowOrigins": [
    "https://app.example.com",
    { "regex": "https://.*example\\\\.com" }
  ],
  "allowCredentials": true
}
`;

const anyone = `{
  "allowOrigins": ["*"],
  "allowMethods": ["*"],
  "allowHeaders": ["*", "authorization"],
  "exposeHeaders": ["*"]
}
`;

const request = (page, url, method = 'GET', more = {}) => ({
  page, url, method, headers: '', credentials: 'same-origin', mode: 'cors', redirect: 'follow', uploadListener: false,
  upstreamStatus: 200, upstreamHeaders: '', route: '', routePolicy: '', ...more,
});

const update = { headers: 'content-type: application/json', credentials: 'include' };

export const EXAMPLES = [
  ['A shop and its partners', shop, request('https://partner.example', 'https://api.example.com/orders/7', 'PUT', update)],
  ['A policy with mistakes', mistakes, request('https://app.example.com', 'https://api.example.com/orders')],
  ['Several policies, and rules', rules, request('https://shop.partner.example', 'https://api.example.com/v1/orders', 'PUT', update)],
  ['Preview deployments, in Istio', wasmPlugin, request('https://pr-7-preview.example.com', 'https://api.example.com/orders', 'patch', { headers: 'content-type: application/json' })],
  ['A regex that lets in too much', regex, request('https://not-example.com', 'https://api.example.com/orders', 'GET', { credentials: 'include' })],
  ['Open to everyone', anyone, request('https://anyone.example', 'https://api.example.com/rates', 'GET', { headers: 'authorization: Bearer 1' })],
];

export const SOURCES = [
  ['Istio', `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: api
spec:
  hosts: [api.example.com]
  http:
  - route:
    - destination: { host: api }
    corsPolicy:
      allowOrigins:
      - regex: https://.*\\.example\\.com
      allowMethods: [GET, PUT]
      maxAge: 24h
`],
  ['ingress-nginx', `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: "https://app.example.com, https://*.partner.example"
    nginx.ingress.kubernetes.io/cors-allow-methods: "GET, PUT"
spec:
  rules:
  - host: api.example.com
    http:
      paths:
      - { path: /, pathType: Prefix, backend: { service: { name: api, port: { number: 80 } } } }
`],
  ['Spring', `spring:
  cloud:
    gateway:
      globalcors:
        cors-configurations:
          '[/**]':
            allowedOrigins: "https://app.example.com"
            allowedMethods: [GET, PUT]
            allowCredentials: true
`],
];
