// The Case APIs on the JDK's HTTP server and Jackson, in memory.
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

class CaseServer {
    static final ObjectMapper JSON = new ObjectMapper()
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    static final List<String> READ_ONLY = List.of("id", "createdDate", "lastWorkflowId", "caseStatus");
    static final Map<String, Map<String, String>> NEXT_STATUS = Map.of(
        "Open", Map.of("Close", "Closed"), "Closed", Map.of("Reopen", "Reopened"), "Reopened", Map.of("Close", "Closed"));
    static final Map<String, Case> CASES = new ConcurrentHashMap<>();
    static final Map<String, Long> TOKENS = new ConcurrentHashMap<>();

    record Case(String id, String created, String workflow, String status, ObjectNode fields) {
        ObjectNode toJson() {
            return fields.deepCopy().put("id", id).put("createdDate", created)
                .put("lastWorkflowId", workflow).put("caseStatus", status);
        }
    }

    static class HttpError extends RuntimeException {
        final int status;

        HttpError(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    static ObjectNode readObject(HttpExchange exchange) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type == null || !type.split(";")[0].trim().equalsIgnoreCase("application/json")) {
            throw new HttpError(415, "Expected application/json");
        }
        try {
            if (JSON.readTree(exchange.getRequestBody().readAllBytes()) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException error) {
            throw new HttpError(400, "Malformed JSON");
        }
        throw new HttpError(400, "Expected a JSON object");
    }

    static ObjectNode clientFields(HttpExchange exchange) throws IOException {
        return readObject(exchange).remove(READ_ONLY);
    }

    static void send(HttpExchange exchange, int status, JsonNode body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
    }

    static void authenticate(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        String token = header != null && header.startsWith("Bearer ") ? header.substring(7) : "";
        if (TOKENS.getOrDefault(token, 0L) < System.currentTimeMillis()) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
            throw new HttpError(401, "Unauthorized");
        }
    }

    interface Change {
        Case apply(Case old);
    }

    static JsonNode change(String id, Change change) {
        Case found = CASES.computeIfPresent(id, (key, old) -> change.apply(old));
        if (found == null) {
            throw new HttpError(404, "Case not found");
        }
        return found.toJson();
    }

    static Case withFields(Case old, ObjectNode fields) {
        return new Case(old.id, old.created, old.workflow, old.status, fields);
    }

    static Case moved(Case old, JsonNode data) {
        if (!old.workflow.equals(data.path("workflowId").textValue())) {
            throw new HttpError(422, "workflowId does not belong to this case");
        }
        String wanted = data.path("caseStatus").isTextual() ? data.path("caseStatus").textValue() : "";
        String status = NEXT_STATUS.get(old.status).get(wanted);
        if (status == null) {
            throw new HttpError(409, "This transition is not possible");
        }
        return new Case(old.id, old.created, old.workflow, status, old.fields);
    }

    static void handleCase(HttpExchange exchange) throws IOException {
        authenticate(exchange);
        String[] parts = exchange.getRequestURI().getRawPath().split("/", -1);
        String method = exchange.getRequestMethod();
        if (parts.length == 2 && parts[1].equals("case")) {
            allow(exchange, "POST");
            Case made = new Case(UUID.randomUUID().toString(), Instant.now().toString(), UUID.randomUUID().toString(),
                "Open", clientFields(exchange));
            CASES.put(made.id, made);
            send(exchange, 201, made.toJson());
            return;
        }
        if (!parts[1].equals("case")) {
            throw new HttpError(404, "Not found");
        }
        String id = URLDecoder.decode(parts[2], StandardCharsets.UTF_8);
        if (parts.length == 4 && parts[3].equals("transition")) {
            allow(exchange, "POST");
            ObjectNode data = readObject(exchange);
            send(exchange, 200, change(id, old -> moved(old, data)));
        } else if (parts.length == 3) {
            allow(exchange, "GET", "HEAD", "PUT", "PATCH");
            if (method.equals("PUT")) {
                ObjectNode fields = clientFields(exchange);
                send(exchange, 200, change(id, old -> withFields(old, fields)));
            } else if (method.equals("PATCH")) {
                ObjectNode fields = clientFields(exchange);
                send(exchange, 200, change(id, old -> withFields(old, old.fields.deepCopy().setAll(fields))));
            } else {
                send(exchange, 200, change(id, old -> old));
            }
        } else {
            throw new HttpError(404, "Not found");
        }
    }

    static void allow(HttpExchange exchange, String... methods) {
        if (!List.of(methods).contains(exchange.getRequestMethod())) {
            exchange.getResponseHeaders().set("Allow", String.join(", ", methods));
            throw new HttpError(405, "Method not allowed");
        }
    }

    static JsonNode readForm(HttpExchange exchange) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type != null && type.contains("json")) {
            return readObject(exchange);
        }
        Map<String, String> form = new HashMap<>();
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        for (String pair : text.split("&")) {
            String[] parts = pair.split("=", 2);
            if (parts.length == 2) {
                form.put(decode(parts[0]), decode(parts[1]));
            }
        }
        return JSON.valueToTree(form);
    }

    static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException error) {
            throw new HttpError(400, "Malformed form");
        }
    }

    static void refuse(HttpExchange exchange, int status, String error, String description) throws IOException {
        send(exchange, status, JSON.createObjectNode().put("error", error).put("error_description", description));
    }

    static void issueToken(HttpExchange exchange) throws IOException {
        allow(exchange, "POST");
        JsonNode form = readForm(exchange);
        if (!form.has("grant_type")) {
            refuse(exchange, 400, "invalid_request", "grant_type is missing");
        } else if (!form.get("grant_type").asText().equals("client_credentials")) {
            refuse(exchange, 501, "unsupported_grant_type", "only client_credentials");
        } else if (!form.path("client_id").asText().equals(System.getenv("CLIENT_ID"))
            || !form.path("client_secret").asText().equals(System.getenv("CLIENT_SECRET"))) {
            refuse(exchange, 401, "invalid_client", "unknown client");
        } else if (form.has("scope")) {
            refuse(exchange, 400, "invalid_scope", "scope is not supported");
        } else {
            double ttl = 600;
            if (form.has("ttl")) {
                try {
                    ttl = Double.parseDouble(form.get("ttl").asText());
                } catch (NumberFormatException error) {
                    ttl = Double.NaN;
                }
            }
            if (!(ttl > 0 && ttl <= 3600)) {
                refuse(exchange, 400, "invalid_request", "ttl is " + form.get("ttl") + ", the maximum is 3600");
                return;
            }
            String token = (UUID.randomUUID() + "" + UUID.randomUUID()).replace("-", "");
            TOKENS.put(token, System.currentTimeMillis() + (long) (ttl * 1000));
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            send(exchange, 200, JSON.createObjectNode()
                .put("access_token", token).put("token_type", "Bearer").put("expires_in", ttl));
        }
    }

    interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    static void run(HttpExchange exchange, Handler handler) throws IOException {
        try (exchange) {
            try {
                handler.handle(exchange);
            } catch (HttpError error) {
                send(exchange, error.status, JSON.createObjectNode().put("error", error.getMessage()));
            } catch (RuntimeException error) {
                error.printStackTrace();
                send(exchange, 500, JSON.createObjectNode().put("error", "Internal server error"));
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/case", exchange -> run(exchange, CaseServer::handleCase));
        server.createContext("/auth/oauth2/token", exchange -> run(exchange, CaseServer::issueToken));
        server.createContext("/", exchange -> run(exchange, one -> {
            throw new HttpError(404, "Not found");
        }));
        server.start();
    }
}
