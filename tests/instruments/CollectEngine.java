import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.IFormElement;
import org.javarosa.core.model.QuestionDef;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormAnswerDataParser;
import org.javarosa.xform.util.XFormAnswerDataSerializer;

/**
 * Fills a form on JavaRosa, the engine of ODK Collect, as told on standard input.
 *
 * One command a line, fields separated by tabs: `open` starts an empty instance; `set path value` stores an answer as a person would give it;
 * `state path` prints relevant, required, constraint held and value; `shown path` prints the text of a question or
 * repeat row; `faults` prints the path of the first answer that is missing or refused, if any. Paths lack the root element and number repeat rows from 1.
 */
public class CollectEngine {
    private static FormDef form;
    private static FormEntryController controller;

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new XFormsModule().registerModule();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split("\t", -1);
            switch (words[0]) {
                case "open" -> { open(arguments[0]); out.println("ok"); }
                case "set" -> out.println(set(words[1], words[2]));
                case "state" -> out.println(state(words[1]));
                case "shown" -> out.println(shown(words[1]));
                case "faults" -> out.println(faults());
                case "language" -> { controller.setLanguage(words[1]); out.println("ok"); }
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    private static void open(String file) throws Exception {
        try (FileInputStream bytes = new FileInputStream(file)) {
            form = new XFormParser(new InputStreamReader(bytes, StandardCharsets.UTF_8)).parse();
        }
        form.initialize(true, new InstanceInitializationFactory());
        controller = new FormEntryController(new FormEntryModel(form));
    }

    private static String set(String path, String text) {
        FormIndex index = find(path);
        if (index == null) return "unreachable";
        TreeElement node = element(path);
        IFormElement question = controller.getModel().getQuestionPrompt(index).getFormElement();
        IAnswerData answer = text.isEmpty() ? null
            : XFormAnswerDataParser.getAnswerData(text, node.getDataType(), (QuestionDef) question);
        controller.saveAnswer(index, answer, false);
        return "ok";
    }

    private static String state(String path) {
        TreeElement node = element(path);
        if (node == null) return "absent";
        IAnswerData value = node.getValue();
        boolean held = value == null || form.evaluateConstraint(reference(path), value);
        Object text = value == null ? "" : new XFormAnswerDataSerializer().serializeAnswerData(value, node.getDataType());
        return node.isRelevant() + "\t" + node.isRequired() + "\t" + held + "\t" + text;
    }

    private static String faults() {
        find("/none"); // Rows that nobody swiped to are not made yet, and would not be checked.
        ValidateOutcome outcome = form.validate();
        return outcome == null ? "" : outcome.failedPrompt.getReference().toString(true);
    }

    private static String shown(String path) {
        FormIndex index = find(path);
        if (index == null) return "unreachable";
        return controller.getModel().getEvent(index) == FormEntryController.EVENT_QUESTION
            ? controller.getModel().getQuestionPrompt(index).getLongText()
            : controller.getModel().getCaptionPrompt(index).getLongText();
    }

    /** Walks the form from its beginning, as a person swipes, for repeat rows are only made on the way. */
    private static FormIndex find(String path) {
        TreeReference wanted = reference(path);
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM;
                event = controller.stepToNextEvent()) {
            FormIndex index = controller.getModel().getFormIndex();
            if (wanted.equals(index.getReference())) return index;
        }
        return null;
    }

    private static TreeElement element(String path) {
        return form.getMainInstance().resolveReference(reference(path));
    }

    private static TreeReference reference(String path) {
        TreeReference reference = TreeReference.rootRef();
        reference.add(form.getMainInstance().getRoot().getName(), 0);
        for (String step : path.substring(1).split("/")) {
            String[] parts = step.replace("]", "").split("\\[");
            reference.add(parts[0], parts.length > 1 ? Integer.parseInt(parts[1]) - 1 : 0);
        }
        return reference;
    }
}
