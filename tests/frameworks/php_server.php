<?php
// The Case APIs on PHP's built-in server and SQLite, without a framework.
declare(strict_types=1);

const READ_ONLY = ['id', 'createdDate', 'lastWorkflowId', 'caseStatus'];
const NEXT_STATUS = ['Open' => ['Close' => 'Closed'], 'Closed' => ['Reopen' => 'Reopened'], 'Reopened' => ['Close' => 'Closed']];

final class HttpError extends Exception
{
    public function __construct(public int $status, string $message, public array $headers = [])
    {
        parent::__construct($message);
    }
}

function db(): PDO
{
    static $db = null;
    if ($db === null) {
        $db = new PDO('sqlite:' . getenv('DATABASE'));
        $db->exec('PRAGMA busy_timeout = 10000');
        $db->exec('CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, expires REAL)');
        $db->exec('CREATE TABLE IF NOT EXISTS cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)');
    }
    return $db;
}

function uuid(): string
{
    $bytes = random_bytes(16);
    $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
    $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

function send(int $status, mixed $body, array $headers = []): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    foreach ($headers as $name => $value) {
        header("$name: $value");
    }
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
}

function authenticate(): void
{
    $known = false;
    if (preg_match('/^Bearer (.+)$/', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $found)) {
        $query = db()->prepare('SELECT expires FROM tokens WHERE token = ?');
        $query->execute([$found[1]]);
        $known = (float) $query->fetchColumn() > microtime(true);
    }
    if (!$known) {
        throw new HttpError(401, 'Unauthorized', ['WWW-Authenticate' => 'Bearer']);
    }
}

// Objects, and not arrays, so that {} stays {}.
function payload(): stdClass
{
    $type = strtolower(trim(explode(';', $_SERVER['CONTENT_TYPE'] ?? '')[0]));
    if ($type !== 'application/json') {
        throw new HttpError(415, 'Expected application/json');
    }
    try {
        $data = json_decode(file_get_contents('php://input'), false, 512, JSON_THROW_ON_ERROR);
    } catch (JsonException $error) {
        throw new HttpError(400, 'Malformed JSON: ' . $error->getMessage());
    }
    return $data instanceof stdClass ? $data : throw new HttpError(400, 'Expected a JSON object');
}

function clientFields(): array
{
    return array_diff_key(get_object_vars(payload()), array_flip(READ_ONLY));
}

function load(string $id): array
{
    $query = db()->prepare('SELECT * FROM cases WHERE id = ?');
    $query->execute([$id]);
    return $query->fetch(PDO::FETCH_ASSOC) ?: throw new HttpError(404, 'Case not found');
}

function show(array $row): array
{
    return get_object_vars(json_decode($row['fields'])) + [
        'id' => $row['id'],
        'createdDate' => $row['created'],
        'lastWorkflowId' => $row['workflow'],
        'caseStatus' => $row['status'],
    ];
}

function encode(array $fields): string
{
    return json_encode((object) $fields, JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
}

function change(string $id, string $column, callable $value): void
{
    db()->exec('BEGIN IMMEDIATE');
    try {
        $row = load($id);
        db()->prepare("UPDATE cases SET $column = ? WHERE id = ?")->execute([$value($row), $id]);
        $row = load($id);
        db()->exec('COMMIT');
    } catch (Throwable $error) {
        db()->exec('ROLLBACK');
        throw $error;
    }
    send(200, show($row));
}

function create(): void
{
    $id = uuid();
    $created = (new DateTimeImmutable('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.v\Z');
    db()->prepare('INSERT INTO cases VALUES (?, ?, ?, ?, ?)')->execute([$id, $created, uuid(), 'Open', encode(clientFields())]);
    send(201, show(load($id)));
}

function replace(string $id): void
{
    $fields = clientFields();
    change($id, 'fields', fn ($row) => encode($fields));
}

function update(string $id): void
{
    $fields = clientFields();
    change($id, 'fields', fn ($row) => encode($fields + get_object_vars(json_decode($row['fields']))));
}

function transition(string $id): void
{
    $data = payload();
    change($id, 'status', function ($row) use ($data) {
        if (($data->workflowId ?? null) !== $row['workflow']) {
            throw new HttpError(422, 'workflowId does not belong to this case');
        }
        $status = $data->caseStatus ?? null;
        return NEXT_STATUS[$row['status']][is_string($status) ? $status : ''] ?? throw new HttpError(409, 'This transition is not possible');
    });
}

function issueToken(): void
{
    $form = str_contains($_SERVER['CONTENT_TYPE'] ?? '', 'json') ? get_object_vars(payload()) : $_POST;
    $error = fn (int $status, string $code, ?string $text = null) => send($status, array_filter(['error' => $code, 'error_description' => $text]));
    if (!isset($form['grant_type'])) {
        $error(400, 'invalid_request', 'grant_type is missing');
    } elseif ($form['grant_type'] !== 'client_credentials') {
        $error(501, 'unsupported_grant_type');
    } elseif ([$form['client_id'] ?? null, $form['client_secret'] ?? null] !== [getenv('CLIENT_ID'), getenv('CLIENT_SECRET')]) {
        $error(401, 'invalid_client');
    } elseif (isset($form['scope'])) {
        $error(400, 'invalid_scope', 'scope is not supported');
    } else {
        $ttl = filter_var($form['ttl'] ?? 600, FILTER_VALIDATE_FLOAT, ['options' => ['min_range' => 0.001, 'max_range' => 3600]]);
        if ($ttl === false) {
            $error(400, 'invalid_request', 'ttl is ' . json_encode($form['ttl']) . ', the maximum is 3600');
            return;
        }
        $token = bin2hex(random_bytes(32));
        db()->prepare('INSERT INTO tokens VALUES (?, ?)')->execute([$token, microtime(true) + $ttl]);
        send(200, ['access_token' => $token, 'token_type' => 'Bearer', 'expires_in' => $ttl], ['Cache-Control' => 'no-store']);
    }
}

const ROUTES = [
    '#^/case$#' => ['POST' => 'create'],
    '#^/case/([^/]+)$#' => ['GET' => 'show', 'PUT' => 'replace', 'PATCH' => 'update'],
    '#^/case/([^/]+)/transition$#' => ['POST' => 'transition'],
    '#^/auth/oauth2/token$#' => ['POST' => 'issueToken'],
];

try {
    $path = explode('?', $_SERVER['REQUEST_URI'])[0];
    foreach (ROUTES as $pattern => $methods) {
        if (!preg_match($pattern, $path, $found)) {
            continue;
        }
        if (!str_starts_with($path, '/auth')) {
            authenticate();
        }
        $method = $_SERVER['REQUEST_METHOD'];
        $action = $methods[$method === 'HEAD' ? 'GET' : $method] ?? throw new HttpError(405, 'Method not allowed', ['Allow' => implode(', ', array_keys($methods))]);
        $arguments = array_map('rawurldecode', array_slice($found, 1));
        if ($action === 'show') {
            send(200, show(load(...$arguments)));
        } else {
            $action(...$arguments);
        }
        exit;
    }
    throw new HttpError(404, 'Not found');
} catch (HttpError $error) {
    send($error->status, ['error' => $error->getMessage()], $error->headers);
}
