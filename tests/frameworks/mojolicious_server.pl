#!/usr/bin/env perl
# The Case APIs on Mojolicious and SQLite.
use Mojolicious::Lite -signatures;
use Mojo::JSON qw(decode_json encode_json from_json to_json);
use Mojo::Date;
use DBI;
use POSIX qw(strftime);
use Time::HiRes qw(time);

app->secrets([$ENV{CLIENT_SECRET}]);
app->log->level('fatal');
app->mode('production');

my $db = DBI->connect("dbi:SQLite:dbname=$ENV{DATABASE}", '', '', {RaiseError => 1, sqlite_unicode => 1});
$db->do('CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)');
my %read_only = map { $_ => 1 } qw(id createdDate lastWorkflowId caseStatus);
my %next_status = (Open => {Close => 'Closed'}, Closed => {Reopen => 'Reopened'}, Reopened => {Close => 'Closed'});
my %tokens;

sub uuid {
  open my $random, '<:raw', '/dev/urandom' or die $!;
  read $random, my $bytes, 16;
  my @hex = unpack 'H8 H4 H4 H4 H12', $bytes;
  $hex[2] =~ s/^./4/;
  $hex[3] =~ s/^./8/;
  return join '-', @hex;
}

sub now {
  my $time = time;
  return strftime('%Y-%m-%dT%H:%M:%S', gmtime $time) . sprintf('.%03dZ', 1000 * ($time - int $time));
}

helper refuse => sub ($c, $status, $message) {
  $c->render(json => {error => $message}, status => $status);
  return undef;
};

helper 'reply.not_found' => sub ($c) { $c->refuse(404, 'Not found') };
helper 'reply.exception' => sub ($c, $error) { $c->refuse(500, 'Internal server error') };

helper payload => sub ($c) {
  my $type = lc(($c->req->headers->content_type // '') =~ s/\s*;.*//r);
  return $c->refuse(415, 'Expected application/json') unless $type eq 'application/json';
  my $data = eval { decode_json($c->req->body) };
  return $c->refuse(400, 'Malformed JSON') if $@;
  return ref $data eq 'HASH' ? $data : $c->refuse(400, 'Expected a JSON object');
};

helper client_fields => sub ($c) {
  my $data = $c->payload or return undef;
  return {map { $_ => $data->{$_} } grep { !$read_only{$_} } keys %$data};
};

helper load => sub ($c) {
  my $row = $db->selectrow_hashref('SELECT * FROM cases WHERE id = ?', undef, $c->param('id'));
  return $row // $c->refuse(404, 'Case not found');
};

helper show => sub ($c, $id, $status = 200) {
  my $row = $db->selectrow_hashref('SELECT * FROM cases WHERE id = ?', undef, $id);
  my %record = (
    %{from_json($row->{fields})},
    id             => $row->{id},
    createdDate    => $row->{created},
    lastWorkflowId => $row->{workflow},
    caseStatus     => $row->{status},
  );
  $c->render(json => \%record, status => $status);
};

helper save => sub ($c, $row, $fields) {
  $db->do('UPDATE cases SET fields = ? WHERE id = ?', undef, to_json($fields), $row->{id});
  $c->show($row->{id});
};

post '/auth/oauth2/token' => sub ($c) {
  my $json = ($c->req->headers->content_type // '') =~ /json/;
  my $form = $json ? $c->payload : $c->req->body_params->to_hash;
  return unless $form;
  my $error = sub ($status, $code, $text = undef) {
    $c->render(json => {error => $code, $text ? (error_description => $text) : ()}, status => $status);
  };
  return $error->(400, 'invalid_request', 'grant_type is missing') unless defined $form->{grant_type};
  return $error->(501, 'unsupported_grant_type') unless $form->{grant_type} eq 'client_credentials';
  return $error->(401, 'invalid_client')
    unless ($form->{client_id} // '') eq $ENV{CLIENT_ID} && ($form->{client_secret} // '') eq $ENV{CLIENT_SECRET};
  return $error->(400, 'invalid_scope', 'scope is not supported') if exists $form->{scope};
  my $ttl = exists $form->{ttl} ? $form->{ttl} : 600;
  my $number = defined $ttl && !ref $ttl && $ttl =~ /^\d+(\.\d+)?$/ && $ttl > 0 && $ttl <= 3600;
  return $error->(400, 'invalid_request', 'ttl is ' . to_json($ttl) . ', the maximum is 3600') unless $number;
  my $token = uuid() =~ tr/-//dr . uuid() =~ tr/-//dr;
  $tokens{$token} = time + $ttl;
  $c->res->headers->cache_control('no-store');
  $c->render(json => {access_token => $token, token_type => 'Bearer', expires_in => $ttl + 0});
};

under '/case' => sub ($c) {
  my ($token) = ($c->req->headers->authorization // '') =~ /^Bearer (.+)$/;
  return 1 if defined $token && ($tokens{$token} // 0) > time;
  $c->res->headers->www_authenticate('Bearer');
  return $c->refuse(401, 'Unauthorized');
};

post '/' => sub ($c) {
  my $fields = $c->client_fields or return;
  my $id = uuid();
  $db->do('INSERT INTO cases VALUES (?, ?, ?, ?, ?)', undef, $id, now(), uuid(), 'Open', to_json($fields));
  $c->show($id, 201);
};

get '/#id' => sub ($c) {
  my $row = $c->load or return;
  $c->show($row->{id});
};

put '/#id' => sub ($c) {
  my $row = $c->load or return;
  my $fields = $c->client_fields or return;
  $c->save($row, $fields);
};

patch '/#id' => sub ($c) {
  my $row = $c->load or return;
  my $fields = $c->client_fields or return;
  $c->save($row, {%{from_json($row->{fields})}, %$fields});
};

post '/#id/transition' => sub ($c) {
  my $row = $c->load or return;
  my $data = $c->payload or return;
  return $c->refuse(422, 'workflowId does not match') unless ($data->{workflowId} // '') eq $row->{workflow};
  my $status = $next_status{$row->{status}}{$data->{caseStatus} // ''} or return $c->refuse(409, 'Not possible now');
  $db->do('UPDATE cases SET status = ? WHERE id = ?', undef, $status, $row->{id});
  $c->show($row->{id});
};

app->start('daemon', '-l', "http://127.0.0.1:$ENV{PORT}");
