// The Case APIs on Go's net/http and files.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

type object = map[string]any

type record struct {
	ID, Created, Workflow, Status string
	Fields                        object
}

var (
	mutex      sync.Mutex
	tokens     = map[string]time.Time{}
	nextStatus = map[string]string{"Open Close": "Closed", "Closed Reopen": "Reopened", "Reopened Close": "Closed"}
	errMissing = errors.New("no such case")
)

func uuid() string {
	data := make([]byte, 16)
	rand.Read(data)
	text := hex.EncodeToString(data)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int, message string) {
	respond(w, status, object{"error": message})
}

func file(id string) string {
	return filepath.Join(os.Getenv("FOLDER"), hex.EncodeToString([]byte(id))+".json")
}

func load(id string) (record, error) {
	var found record
	if len(id) > 36 {
		return found, errMissing
	}
	text, err := os.ReadFile(file(id))
	if err != nil {
		return found, errMissing
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	return found, decoder.Decode(&found)
}

func save(w http.ResponseWriter, status int, r record) {
	text, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(file(r.ID), text, 0o600)
	}
	if err != nil {
		fail(w, 500, "could not be stored")
		return
	}
	show(w, status, r)
}

func show(w http.ResponseWriter, status int, r record) {
	body := object{}
	for name, value := range r.Fields {
		body[name] = value
	}
	body["id"], body["createdDate"], body["lastWorkflowId"], body["caseStatus"] = r.ID, r.Created, r.Workflow, r.Status
	respond(w, status, body)
}

func read(w http.ResponseWriter, r *http.Request) (object, bool) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		fail(w, 415, "send application/json")
		return nil, false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.UseNumber()
	var body object
	if err := decoder.Decode(&body); err != nil || body == nil {
		fail(w, 400, "expected an object")
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		fail(w, 400, "expected one object")
		return nil, false
	}
	return body, true
}

func cases(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	mutex.Lock()
	defer mutex.Unlock()
	if !strings.EqualFold(scheme, "Bearer") || !time.Now().Before(tokens[token]) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, 401, "unauthorized")
		return
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/case"), "/")
	allowed := map[int]string{1: "POST", 2: "GET, HEAD, PUT, PATCH", 3: "POST"}[len(path)]
	if allowed == "" || len(path) == 3 && path[2] != "transition" {
		fail(w, 404, "not found")
		return
	}
	if !strings.Contains(", "+allowed+",", ", "+r.Method+",") {
		w.Header().Set("Allow", allowed)
		fail(w, 405, "method not allowed")
		return
	}
	case_ := record{ID: uuid(), Created: time.Now().UTC().Format(time.RFC3339Nano), Workflow: uuid(), Status: "Open", Fields: object{}}
	if len(path) > 1 {
		var err error
		if case_, err = load(path[1]); err != nil {
			fail(w, 404, err.Error())
			return
		}
	}
	if r.Method == "GET" || r.Method == "HEAD" {
		show(w, 200, case_)
		return
	}
	body, ok := read(w, r)
	if !ok {
		return
	}
	if len(path) == 3 {
		if body["workflowId"] != case_.Workflow {
			fail(w, 422, "workflowId does not match")
		} else if next, found := nextStatus[fmt.Sprint(case_.Status, " ", body["caseStatus"])]; !found {
			fail(w, 409, "caseStatus is not possible")
		} else {
			case_.Status = next
			save(w, 200, case_)
		}
		return
	}
	for _, name := range []string{"id", "createdDate", "lastWorkflowId", "caseStatus"} {
		delete(body, name)
	}
	if r.Method == "PATCH" {
		for name, value := range body {
			case_.Fields[name] = value
		}
	} else {
		case_.Fields = body
	}
	status := 200
	if len(path) == 1 {
		status = 201
	}
	save(w, status, case_)
}

func issueToken(w http.ResponseWriter, r *http.Request) {
	form := object{}
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		var ok bool
		if form, ok = read(w, r); !ok {
			return
		}
	} else if r.ParseForm() == nil {
		for name := range r.PostForm {
			form[name] = r.PostForm.Get(name)
		}
	}
	refuse := func(status int, code, description string) {
		respond(w, status, object{"error": code, "error_description": description})
	}
	ttl := 600.0
	var err error
	if value, given := form["ttl"]; given {
		ttl, err = strconv.ParseFloat(fmt.Sprint(value), 64)
	}
	if form["grant_type"] == nil {
		refuse(400, "invalid_request", "grant_type is missing")
	} else if form["grant_type"] != "client_credentials" {
		refuse(501, "unsupported_grant_type", "only client_credentials")
	} else if form["client_id"] != os.Getenv("CLIENT_ID") || form["client_secret"] != os.Getenv("CLIENT_SECRET") {
		refuse(401, "invalid_client", "unknown client")
	} else if _, given := form["scope"]; given {
		refuse(400, "invalid_scope", "scope is not supported")
	} else if err != nil || !(ttl > 0 && ttl <= 3600) {
		refuse(400, "invalid_request", fmt.Sprint("ttl is ", form["ttl"], ", the maximum is 3600"))
	} else {
		token := uuid() + uuid()
		mutex.Lock()
		tokens[token] = time.Now().Add(time.Duration(ttl * float64(time.Second)))
		mutex.Unlock()
		w.Header().Set("Cache-Control", "no-store")
		respond(w, 200, object{"access_token": token, "token_type": "Bearer", "expires_in": ttl})
	}
}

func main() {
	http.HandleFunc("/case", cases)
	http.HandleFunc("/case/", cases)
	http.HandleFunc("/auth/oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" {
			w.Header().Set("Allow", "POST")
			fail(w, 405, "method not allowed")
			return
		}
		issueToken(w, r)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fail(w, 404, "not found") })
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
