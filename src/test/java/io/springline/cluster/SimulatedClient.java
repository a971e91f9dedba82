package io.springline.cluster;

import io.springline.cluster.SimulatedNode.Message;
import io.springline.cluster.SimulatedNode.Wire;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A client that keeps to the binding: it resumes, counts, acknowledges, and sends again. */
final class SimulatedClient implements SimulatedNode.Client {

    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");

    private final VirtualTime time;
    private final Supplier<SimulatedNode> nodes;
    private final SimulatedNode.Observer observer;
    private final int firstId;

    /** Calls and subscriptions that were sent. */
    private final Map<Integer, Message> sent = new TreeMap<>();

    private final Map<Integer, String> answers = new TreeMap<>();
    private final Map<Integer, Long> answeredAt = new TreeMap<>();
    private final Set<Integer> acknowledged = new HashSet<>();
    private final List<Wire> granted = new ArrayList<>();
    private @Nullable Wire wire;
    private String token = "";
    private String epoch = "";
    private long received;
    private long replayed;
    private boolean live;
    private boolean greeted;
    private boolean stopped;
    private boolean racing;
    private int abandoned;
    private long receivedBeforeRace;
    private int replaced;
    private int lost;

    SimulatedClient(
            int number,
            VirtualTime time,
            Supplier<SimulatedNode> nodes,
            SimulatedNode.Observer observer) {
        this.firstId = 1_000 * number;
        this.time = time;
        this.nodes = nodes;
        this.observer = observer;
    }

    boolean isLive() {
        return live;
    }

    int lost() {
        return lost;
    }

    Map<Integer, String> answers() {
        return answers;
    }

    /** Returns the time in ms of the answer to a call. */
    long answeredAt(int id) {
        return answeredAt.getOrDefault(id, 0L);
    }

    List<Integer> open() {
        return sent.keySet().stream()
                .filter(id -> !answers.containsKey(id) && !acknowledged.contains(id))
                .toList();
    }

    void connect() {
        if (stopped) {
            return;
        }
        Wire next = nodes.get().accept(this);
        wire = next;
        live = false;
        greeted = false;
        next.send(opening());
        observer.log("%s at %s".formatted(opening(), next.node()));
        time.schedule(
                500_000_000 + time.upTo(3_000),
                () -> {
                    if (wire == next && !greeted) {
                        leave();
                        comeBack();
                    }
                });
    }

    private Message opening() {
        return token.isEmpty() ? new Message.Open() : new Message.Resume(token, epoch, received);
    }

    private void comeBack() {
        time.schedule(
                time.upTo(300),
                () -> {
                    if (wire == null) {
                        connect();
                    }
                });
    }

    /** Loses its connection, and comes back. */
    void cut() {
        if (wire != null) {
            leave();
            comeBack();
        }
    }

    private void leave() {
        Wire last = wire;
        if (last != null) {
            if (!greeted) {
                abandoned++;
            }
            last.cut(true);
            wire = null;
            live = false;
        }
    }

    /** Its node has crashed, if it is this one. */
    void crashed(SimulatedNode node) {
        if (wire != null && wire.node().equals(node.name())) {
            cut();
        }
    }

    /** Two attempts with one token at once; the one that is served last goes on. */
    void race(SimulatedNode node) {
        leave();
        granted.clear();
        racing = true;
        receivedBeforeRace = received;
        for (int i = 0; i < 2; i++) {
            node.accept(this).send(opening());
        }
    }

    /** Checks that exactly one of two attempts has the session, and goes on with that one. */
    void endRace() {
        racing = false;
        if (granted.size() == 1) {
            wire = granted.getFirst();
            live = true;
            sendAgain();
        } else {
            observer.violation(granted.size() + " of two attempts have the session");
            comeBack();
        }
    }

    void call() {
        if (live) {
            int id = firstId + sent.size();
            begin(
                    id,
                    time.chance(0.1)
                            ? new Message.ListenTo(id)
                            : new Message.Call(id, time.chance(0.3), 1_500));
        }
    }

    void subscribe() {
        if (live) {
            int id = firstId + sent.size();
            begin(id, new Message.ListenTo(id));
        }
    }

    private void begin(int id, Message message) {
        sent.put(id, message);
        send(message);
    }

    private void send(Message message) {
        if (wire != null) {
            wire.send(message);
        }
    }

    /** Ends the session. */
    void end() {
        stopped = true;
        if (wire != null) {
            wire.cut(false);
        }
    }

    @Override
    public void received(Wire from, String text) {
        if (text.startsWith("granted ")) {
            granted(from, text.split(" "));
        } else if (racing && text.startsWith("refused ")) {
            from.cut(true); // the other is there already, and has used its new token
        } else if (from != wire) {
            return;
        } else if (text.startsWith("refused ")) {
            lose(text);
        } else {
            message(text);
        }
    }

    private void granted(Wire from, String[] words) {
        if (racing) {
            granted.add(from);
            wire = from;
            received = receivedBeforeRace;
        } else if (from != wire) {
            return;
        }
        greeted = true;
        token = words[1];
        observer.log("%s granted at %s".formatted(token, from.node()));
        epoch = words[2];
        replayed = Long.parseLong(words[3]);
        if (replayed < received) {
            observer.violation("%d were sent, %d received".formatted(replayed, received));
        }
        checkLive();
    }

    private void message(String text) {
        observer.log("message %d: %s".formatted(received + 1, text));
        received++;
        Matcher id = ID.matcher(text);
        if (text.startsWith("listens ")) {
            acknowledged.add(Integer.parseInt(text.substring(8)));
        } else if (id.find()) {
            answered(Integer.parseInt(id.group(1)), text);
        }
        if (time.chance(0.3)) {
            send(new Message.Acknowledge(received));
        }
        checkLive();
    }

    private void answered(int id, String text) {
        String what =
                text.contains("node-lost")
                        ? "unknown"
                        : text.contains("\"ran\"")
                                ? "ran"
                                : text.contains("stale") ? "stale" : text;
        String before = answers.putIfAbsent(id, what);
        answeredAt.putIfAbsent(id, time.millis());
        if (before == null && !what.equals("ran") && !what.equals("unknown")) {
            observer.violation("%d was answered with %s".formatted(id, text));
        }
    }

    private void checkLive() {
        if (!live && received >= replayed) {
            live = true;
            sendAgain();
        }
    }

    private void sendAgain() {
        sent.forEach((id, message) -> {
            if (!answers.containsKey(id)) {
                send(message);
            }
        });
    }

    private void lose(String reason) {
        observer.violation("the session was lost: " + reason);
        lost++;
        sent.keySet().forEach(id -> answers.putIfAbsent(id, "lost"));
        token = "";
        received = 0;
        replayed = 0;
        leave();
        comeBack();
    }

    @Override
    public void closed(Wire from, int code) {
        granted.remove(from);
        if (from == wire && !racing) {
            if (code == 4409 && ++replaced > abandoned) {
                observer.violation("closed with 4409, and there is no other connection");
            }
            wire = null;
            live = false;
            comeBack();
        }
    }
}
