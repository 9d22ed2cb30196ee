# The Case APIs on Sinatra, Puma and SQLite.
require "json"
require "securerandom"
require "sinatra/base"
require "sqlite3"
require "time"

class CaseApi < Sinatra::Base
  set :bind, "127.0.0.1"
  set :port, ENV.fetch("PORT")
  set :server, "puma"
  set :server_settings, Silent: true
  set :show_exceptions, false
  set :raise_errors, false
  set :lock, true
  set :logging, false
  disable :static

  DB = SQLite3::Database.new(ENV.fetch("DATABASE"), results_as_hash: true)
  DB.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)")
  READ_ONLY = %w[id createdDate lastWorkflowId caseStatus].freeze
  NEXT_STATUS = { %w[Open Close] => "Closed", %w[Closed Reopen] => "Reopened", %w[Reopened Close] => "Closed" }.freeze
  TOKENS = {}

  before do
    content_type :json
    next if request.path_info.start_with?("/auth/")

    scheme, token = request.env["HTTP_AUTHORIZATION"].to_s.split(" ", 2)
    unless scheme == "Bearer" && TOKENS.fetch(token, 0) > Time.now.to_f
      halt 401, { "WWW-Authenticate" => "Bearer" }, { message: "Unauthorized" }.to_json
    end
  end

  helpers do
    def refuse(status, message)
      halt status, { message: message }.to_json
    end

    def payload
      data = JSON.parse(request.body.read)
      data.is_a?(Hash) ? data : refuse(400, "Expected an object")
    rescue JSON::ParserError
      refuse 400, "Malformed JSON"
    end

    def client_fields
      payload.reject { |name, _| READ_ONLY.include?(name) }
    end

    def load_case
      DB.get_first_row("SELECT * FROM cases WHERE id = ?", params["id"]) || refuse(404, "No such case")
    end

    def show(id)
      row = DB.get_first_row("SELECT * FROM cases WHERE id = ?", id)
      JSON.parse(row["fields"]).merge(
        "id" => row["id"], "createdDate" => row["created"],
        "lastWorkflowId" => row["workflow"], "caseStatus" => row["status"]
      ).to_json
    end

    def save(id, fields)
      DB.execute("UPDATE cases SET fields = ? WHERE id = ?", [fields.to_json, id])
      show(id)
    end
  end

  post "/case" do
    id = SecureRandom.uuid
    row = [id, Time.now.utc.iso8601(3), SecureRandom.uuid, "Open", client_fields.to_json]
    DB.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", row)
    [201, show(id)]
  end

  get "/case/:id" do
    show(load_case["id"])
  end

  put "/case/:id" do
    save(load_case["id"], client_fields)
  end

  patch "/case/:id" do
    row = load_case
    save(row["id"], JSON.parse(row["fields"]).merge(client_fields))
  end

  post "/case/:id/transition" do
    row = load_case
    data = payload
    refuse 422, "workflowId does not match" unless data["workflowId"] == row["workflow"]
    status = NEXT_STATUS[[row["status"], data["caseStatus"]]] || refuse(409, "caseStatus is not possible")
    DB.execute("UPDATE cases SET status = ? WHERE id = ?", [status, row["id"]])
    show(row["id"])
  end

  post "/auth/oauth2/token" do
    form = request.media_type == "application/json" ? payload : params
    error = ->(code, name, text = nil) { halt code, { error: name, error_description: text }.compact.to_json }
    error.(400, "invalid_request", "grant_type is missing") unless form["grant_type"]
    error.(501, "unsupported_grant_type") unless form["grant_type"] == "client_credentials"
    known = [ENV.fetch("CLIENT_ID"), ENV.fetch("CLIENT_SECRET")]
    error.(401, "invalid_client") unless [form["client_id"], form["client_secret"]] == known
    error.(400, "invalid_scope", "scope is not supported") if form.key?("scope")
    ttl = Float(form.fetch("ttl", 600), exception: false)
    unless ttl&.positive? && ttl <= 3600
      error.(400, "invalid_request", "ttl is #{form["ttl"].inspect}, the maximum is 3600")
    end
    token = SecureRandom.urlsafe_base64(32)
    TOKENS[token] = Time.now.to_f + ttl
    headers "Cache-Control" => "no-store"
    { access_token: token, token_type: "Bearer", expires_in: ttl }.to_json
  end

  not_found { response.body.empty? || response.body == ["<h1>Not Found</h1>"] ? { message: "Not found" }.to_json : response.body }
  error { { message: "Internal server error" }.to_json }
end

CaseApi.run!
