package editor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/report"
)

// Options say how a server analyses.
type Options struct {
	// Real returns the path of a file with the links in its folder followed, as results name it.
	Real func(file string) string
	// Group names what files must have in common to be analysed together, such as their settings. A file without it is not
	// analysed; the error says why.
	Group func(file string) (string, error)
	// Config returns how to analyse the root modules that files of one group belong to.
	Config func(files []string) (analyzer.Config, error)
	// Report says how findings are told.
	Report report.Options
}

// ErrUnordered means that the client ended the server without having asked it to shut down.
var ErrUnordered = errors.New("the editor ended the server without a shutdown request")

// maxOpen limits the bytes of the texts of all open files.
const maxOpen = 128 << 20

// Serve answers a client until it says exit, its stream ends or ctx does. It fails if the stream isn't one of the protocol, and
// with ErrUnordered.
func Serve(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := &server{
		options: o, open: map[string]*document{}, groups: map[string]*group{}, published: map[string]map[string]publishParams{},
		changed: make(chan struct{}), wake: make(chan struct{}, 1), cancels: map[string]context.CancelFunc{}, exit: make(chan struct{}),
	}
	watched := &watchedStream{stream: newStream(in, out)}
	conn := jsonrpc2.NewConn(ctx, watched, s, jsonrpc2.SetLogger(silent{}))
	var workers sync.WaitGroup
	workers.Go(func() { s.work(ctx, conn) })
	select {
	case <-s.exit:
	case <-conn.DisconnectNotify():
	case <-ctx.Done():
	}
	stop()
	workers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.exited && !s.closing:
		return ErrUnordered
	case s.exited:
		return nil
	}
	return watched.failure()
}

// silent logs nothing: what is wrong with a message is answered, and what is wrong with the stream ends it.
type silent struct{}

// Printf implements jsonrpc2.Logger.
func (silent) Printf(string, ...any) {}

// watchedStream remembers why it ended.
type watchedStream struct {
	*stream
	once sync.Mutex
	err  error
}

// ReadObject implements jsonrpc2.ObjectStream.
func (w *watchedStream) ReadObject(v any) error {
	err := w.stream.ReadObject(v)
	if err != nil && !errors.Is(err, io.EOF) {
		w.once.Lock()
		defer w.once.Unlock()
		w.err = err
	}
	return err
}

func (w *watchedStream) failure() error {
	w.once.Lock()
	defer w.once.Unlock()
	return w.err
}

// server is the state between messages.
type server struct {
	options Options
	client  initializeParams
	exit    chan struct{}
	wake    chan struct{}

	mu sync.Mutex
	// ready is true after initialize, closing after shutdown, and exited after exit.
	ready, closing, exited bool
	// open are the open files, by path.
	open map[string]*document
	size int
	// groups are those of the open files, and of what was published about other ones.
	groups map[string]*group
	// published has, for each group, what the client has of its files, by URI.
	published map[string]map[string]publishParams
	// changed is closed and replaced when a group was analysed.
	changed chan struct{}
	// cancels end the requests that are being answered, by their IDs.
	cancels map[string]context.CancelFunc
}

// document is an open file.
type document struct {
	uri     string
	version int
	text    []byte
}

// Handle implements jsonrpc2.Handler. Notifications are handled in order, and requests side by side.
func (s *server) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	if req.Notif {
		s.notified(req)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	id := req.ID.String()
	s.mu.Lock()
	early := !s.ready
	s.cancels[id] = cancel
	s.mu.Unlock()
	if early || req.Method == "shutdown" {
		s.answer(ctx, conn, req)
		s.answered(id, cancel)
		return
	}
	go func() {
		defer s.answered(id, cancel)
		s.answer(ctx, conn, req)
	}()
}

// answered forgets a request.
func (s *server) answered(id string, cancel context.CancelFunc) {
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cancels, id)
}

// The error codes of the protocol besides those of JSON-RPC.
const (
	codeNotInitialized   = -32002
	codeRequestCancelled = -32800
)

// answer answers a request.
func (s *server) answer(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	result, err := s.respond(ctx, req)
	response := &jsonrpc2.Response{ID: req.ID}
	if err == nil {
		err = response.SetResult(result)
	}
	if err != nil {
		wrong, ok := errors.AsType[*jsonrpc2.Error](err)
		switch {
		case ok:
		case ctx.Err() != nil:
			wrong = &jsonrpc2.Error{Code: codeRequestCancelled, Message: "cancelled"}
		default:
			wrong = &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: err.Error()}
		}
		response.Error = wrong
	}
	_ = conn.SendResponse(context.WithoutCancel(ctx), response) // If it fails, the connection is over, which Serve notices.
}

func (s *server) respond(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a mistake in tfreach: %s", fault.Describe(cause))
		}
	}()
	s.mu.Lock()
	ready, closing := s.ready, s.closing
	s.mu.Unlock()
	switch {
	case closing:
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the server shuts down"}
	case !ready && req.Method != "initialize":
		return nil, &jsonrpc2.Error{Code: codeNotInitialized, Message: "the first request must be initialize"}
	}
	switch req.Method {
	case "initialize":
		return s.initialize(req)
	case "shutdown":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closing = true
		return nil, nil
	case "textDocument/hover":
		return with(req, func(p *positionParams) (any, error) { return s.hover(ctx, p) })
	case "textDocument/definition":
		return with(req, func(p *positionParams) (any, error) { return s.definition(ctx, p) })
	case "textDocument/codeAction":
		return with(req, func(p *codeActionParams) (any, error) { return s.codeActions(ctx, p) })
	}
	return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: "unknown method"}
}

// with calls a function with the parameters of a request.
func with[P any](req *jsonrpc2.Request, do func(*P) (any, error)) (any, error) {
	var p P
	if err := decode(req, &p); err != nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
	}
	return do(&p)
}

func decode(req *jsonrpc2.Request, v any) error {
	if req.Params == nil {
		return errors.New("there are no parameters")
	}
	return json.Unmarshal(*req.Params, v)
}

func (s *server) initialize(req *jsonrpc2.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the server is initialized"}
	}
	if err := decode(req, &s.client); err != nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
	}
	s.ready = true
	const whole = 1 // the protocol's word for texts that come as a whole
	return initializeResult{
		Capabilities: capabilities{
			PositionEncoding: "utf-16",
			TextDocumentSync: syncOptions{OpenClose: true, Change: whole},
			HoverProvider:    true, DefinitionProvider: true,
			CodeActionProvider: codeActionOptions{CodeActionKinds: []string{quickFix}},
		},
		ServerInfo: serverInfo{Name: "tfreach", Version: s.options.Report.Version},
	}, nil
}

// notified handles a notification. What is malformed or unknown is ignored, as the protocol has no answer to it.
func (s *server) notified(req *jsonrpc2.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.Method == "exit" {
		if !s.exited {
			s.exited = true
			close(s.exit)
		}
		return
	}
	if !s.ready || s.closing {
		return
	}
	var p documentParams
	switch req.Method {
	case "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose":
		if decode(req, &p) != nil {
			return
		}
		path := s.path(p.TextDocument.URI)
		if path == "" {
			return
		}
		switch req.Method {
		case "textDocument/didOpen":
			s.set(path, &document{p.TextDocument.URI, p.TextDocument.Version, []byte(p.TextDocument.Text)})
		case "textDocument/didChange":
			d, n := s.open[path], len(p.ContentChanges)
			if d == nil || n == 0 || p.ContentChanges[n-1].Range != nil {
				return
			}
			s.set(path, &document{d.uri, p.TextDocument.Version, []byte(p.ContentChanges[n-1].Text)})
		case "textDocument/didClose":
			s.set(path, nil)
		}
		s.dirty()
	case "textDocument/didSave", "workspace/didChangeWatchedFiles":
		s.dirty() // other files may have changed as well
	case "$/cancelRequest":
		var c cancelParams
		if decode(req, &c) == nil {
			if cancel := s.cancels[string(c.ID)]; cancel != nil {
				cancel()
			}
		}
	}
}

// path returns the path of a file by its URI; "" if it is none of the operating system's.
func (s *server) path(uri string) string {
	path := pathOf(uri)
	if path == "" {
		return ""
	}
	return s.options.Real(path)
}

// set replaces the text of a file, or forgets it. What exceeds the limit is read from the disk. The caller holds the lock.
func (s *server) set(path string, d *document) {
	if old := s.open[path]; old != nil {
		s.size -= len(old.text)
		delete(s.open, path)
	}
	if d != nil && s.size+len(d.text) <= maxOpen {
		s.size += len(d.text)
		s.open[path] = d
	}
}
